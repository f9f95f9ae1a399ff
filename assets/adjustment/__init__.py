"""What a judgement needs beyond cells: background and repeated persons. Confidential."""
