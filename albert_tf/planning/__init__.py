"""What a run will take: work, memory, time, row lengths."""
