"""Open data on the citizens' front door: what can be booked, and where there is room. Nothing about anybody."""
