"""Decoding written plainly, without a cache: every step reads whole texts."""

import numpy as np

NEVER = -1e9


def log_probs(call, row, text):
    """log p of the next token, by a call with the whole text so far."""
    logits = call(row, text)[len(text) - 1].astype(np.float64)
    logits = logits - logits.max()
    return logits - np.log(np.exp(logits).sum())


def allowed(model, scores, text, options):
    """Scores of next tokens, lower where a token must not follow."""
    scores = scores.copy()
    scores[[0, model.start_id]] = NEVER
    n = options.no_repeat_ngram_size
    if n:
        grams = {tuple(text[i : i + n]) for i in range(len(text) - n + 1)}
        for token in range(len(scores)):
            if (*text[len(text) - n + 1 :], token) in grams:
                scores[token] = NEVER
    if len(text) + 1 < options.min_length:
        scores[model.end_id] += NEVER / 10
    return scores


def greedy(model, call, row, options):
    text, total = [model.start_id], 0.0
    while text[-1] != model.end_id:
        plain = log_probs(call, row, text)
        token = int(np.argmax(allowed(model, plain, text, options)))
        if len(text) == options.max_length - 1:
            token = model.end_id
        total += plain[token]
        text.append(token)
    return [(total / options.penalty(len(text)), text)]


def beam(model, call, row, options):
    """The n best texts with their scores, the best first."""
    width = options.beam_size
    live, whole = [(0.0, [model.start_id])], []
    for length in range(2, options.max_length + 1):
        grown = []
        for total, text in live:
            plain = log_probs(call, row, text)
            scores = total + allowed(model, plain, text, options)
            if length == options.max_length:
                scores[:] = NEVER
                scores[model.end_id] = total + plain[model.end_id]
            grown += [(s, [*text, i]) for i, s in enumerate(scores)]
        grown.sort(key=lambda pair: -pair[0])
        penalty = options.penalty(length)
        whole += [
            (s / penalty, text)
            for s, text in grown[:width]
            if text[-1] == model.end_id and s > NEVER / 2
        ]
        whole = sorted(whole, key=lambda pair: -pair[0])[:width]
        live = [
            pair for pair in grown[: 2 * width] if pair[1][-1] != model.end_id
        ][:width]
        if not live or (
            len(whole) == width and whole[-1][0] >= live[0][0] / penalty
        ):
            break
    return whole[: options.n_best]
