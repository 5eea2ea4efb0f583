# Trains, evaluates and exports on NVIDIA GPUs. docker/README.md has the
# commands. CUDA comes with the extra [cuda], the driver from the host.
ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS build
ARG VERSION=0.1.0
# A wheel of that version in dist/ goes before the index's. LICENSE is always
# there, so the step also works without a wheel.
COPY LICENSE dist/*.whl /packages/
RUN python -m venv /opt/albert_tf \
    && /opt/albert_tf/bin/pip install --no-cache-dir --find-links=/packages \
        "albert_tf[cuda,data,hub]==${VERSION}"

FROM python:${PYTHON}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="albert_tf training" \
    org.opencontainers.image.description="Trains ALBERT on NVIDIA GPUs" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --create-home --uid=10001 albert \
    && install --directory --owner=albert /work
COPY --from=build /opt/albert_tf /opt/albert_tf
ENV PATH=/opt/albert_tf/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
# A number, so that Kubernetes can see that it is not root.
USER 10001
WORKDIR /work
# The exec form: SIGTERM reaches the training, which saves and ends with 75.
ENTRYPOINT ["albert-tf"]
CMD ["--help"]
