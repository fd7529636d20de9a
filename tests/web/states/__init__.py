"""What people, administrators, the host and thieves do, for the state machine of `test_factor_states.py`."""
