"""Pushes to a Hub on this machine."""

import huggingface_hub

import albert_tf

ADDRESS = "hf://me/mine"


def push(checkpoint, repository=ADDRESS, **settings):
    return albert_tf.push(
        albert_tf.PushConfig(
            checkpoint=str(checkpoint), repository=repository, **settings
        )
    )


def front_matter(text):
    return huggingface_hub.ModelCard(text).data
