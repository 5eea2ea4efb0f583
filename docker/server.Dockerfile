# Serves exports over HTTP on CPUs (x86-64). docker/README.md has the commands.
ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS build
ARG VERSION=0.1.0
ARG TENSORFLOW=2.21.0
# A wheel of that version in dist/ goes before the index's. LICENSE is always
# there, so the step also works without a wheel.
COPY LICENSE dist/*.whl /packages/
COPY docker/overrides.txt /packages/
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir "uv==0.13.8" \
    && python -m venv --without-pip /opt/albert_tf \
    && /opt/uv/bin/uv pip install --no-cache --compile-bytecode \
        --python=/opt/albert_tf/bin/python \
        --override=/packages/overrides.txt \
        --find-links=/packages \
        "albert_tf[serve]==${VERSION}" \
        "tensorflow-cpu==${TENSORFLOW}"

FROM python:${PYTHON}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="albert_tf server" \
    org.opencontainers.image.description="Serves ALBERT exports over HTTP on CPUs" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --create-home --uid=10001 albert
COPY --from=build /opt/albert_tf /opt/albert_tf
ENV PATH=/opt/albert_tf/bin:$PATH \
    PYTHONUNBUFFERED=1
# A number, so that Kubernetes can see that it is not root.
USER 10001
WORKDIR /home/albert
EXPOSE 8501
# Loading takes seconds for a small model and up to a minute for a large one.
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
# The exec form: SIGTERM reaches the server, which answers what it has accepted.
ENTRYPOINT ["albert-tf", "serve", "--host=0.0.0.0"]
CMD ["/model"]
