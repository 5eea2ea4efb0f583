"""Fine-tuning on one task or several: trained weights, LoRA, failed runs."""
