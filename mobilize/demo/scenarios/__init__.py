"""What the seeds' pages tell, as it happens: one module a scenario, its steps in the order of the clock."""
