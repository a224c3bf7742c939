"""What is wrong, or merely odd, about a DNS message: checks as data, scanners that find them, where they stand."""
