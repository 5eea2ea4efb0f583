"""Bodies of requests."""


def rows(*values):
    return {"instances": list(values)}


def ids(token_ids, **others):
    inputs = {"token_ids": token_ids, "padding_mask": token_ids, **others}
    return {"signature_name": "ids", "inputs": inputs}
