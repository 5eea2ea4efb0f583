"""Functions of the page, called in a browser."""


def called(browser, script: str, *arguments):
    """What a module's function gives, awaited."""
    return browser.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        f"(async (...given) => {{ {script} }})(...arguments).then(done);",
        *arguments,
    )
