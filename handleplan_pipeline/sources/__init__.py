"""What arrives: deliveries, StatBank, pinned and published files, code lists."""
