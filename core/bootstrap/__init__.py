"""Builds the processes: the only place that knows adapters. Each is handed its own keys, and loads no more code than its
own, so that one small server carries all three.
"""
