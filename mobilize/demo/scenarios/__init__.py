"""Events of which the organisations' own pages tell, played: one module a scenario, its steps in the order of the clock."""
