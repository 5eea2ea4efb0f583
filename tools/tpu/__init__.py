"""Trains on Cloud TPUs: queued resources, their hosts, and preemption."""
