"""What a model has besides its encoder, from settings and from task.json."""
