# One image for every role: docker run fmwatch worker score, worker watch, worker gateway, worker console, topics.
FROM python:3.11.17-slim AS build
WORKDIR /src
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
COPY constraints-uv.txt constraints.txt ./
RUN python -m venv /opt/uv && \
    /opt/uv/bin/python -m pip install --quiet --no-cache-dir --require-hashes -r constraints-uv.txt && \
    python -m venv --without-pip /opt/fmwatch && \
    /opt/uv/bin/uv pip sync --quiet --python /opt/fmwatch/bin/python --require-hashes constraints.txt
COPY pyproject.toml ./
COPY client client
COPY detectors detectors
COPY store store
COPY stream stream
COPY dashboards dashboards
COPY services services
# Built by what is pinned, then rid of it: nothing in the image builds or installs packages.
RUN /opt/uv/bin/uv pip install --quiet --python /opt/fmwatch/bin/python --no-deps --no-build-isolation ./client . && \
    /opt/uv/bin/uv pip uninstall --quiet --python /opt/fmwatch/bin/python \
        hatchling editables pathspec pluggy trove-classifiers && \
    /opt/uv/bin/uv pip check --quiet --python /opt/fmwatch/bin/python

FROM python:3.11.17-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin fmwatch && \
    rm -rf /usr/local/lib/python3.11/site-packages/* /usr/local/lib/python3.11/ensurepip \
        /usr/local/bin/pip* /usr/local/bin/idle*
COPY --from=build /opt/fmwatch /opt/fmwatch
# Where the console looks for them.
COPY docs/runbooks /opt/fmwatch/lib/python3.11/site-packages/docs/runbooks
ENV PATH=/opt/fmwatch/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FMWATCH_METRICS=0.0.0.0:9464
# Nothing is written but temporary things, in /tmp: the root may be read-only.
WORKDIR /tmp
USER 10001:10001
# The gateway, the console, and what Prometheus reads.
EXPOSE 8765 8766 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
ENTRYPOINT ["fmwatch"]
CMD ["--help"]
