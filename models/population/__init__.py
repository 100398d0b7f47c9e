"""What is ordinary: peer groups, tails, the reference population, drift, calibration."""
