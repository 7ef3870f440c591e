"""The telephone keypad: a call that comes in, and the call back in which a booking is made."""
