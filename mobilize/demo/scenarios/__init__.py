"""Events played as the organisations' own pages tell them: one module a scenario, its steps in order of the clock."""
