"""Which company a customer is: what operators say, what the index of known companies says, and temporary ids."""
