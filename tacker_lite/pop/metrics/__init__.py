"""What a lab measures: usage of instances, answers of its APIs, times of boots."""
