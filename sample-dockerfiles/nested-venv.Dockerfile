# syntax=docker/dockerfile:1
FROM python:3.12-slim-bookworm

RUN python -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

WORKDIR /app
COPY requirements.txt requirements-tools.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -r requirements.txt

# admin tooling on top of the app's own packages
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv --system-site-packages /opt/tools \
    && /opt/tools/bin/pip install -r requirements-tools.txt \
    && ln -s /opt/tools/bin/orchardctl /usr/local/bin/orchardctl

COPY --chown=10001:0 --chmod=g=u orchard/ ./orchard/
ENV HOME=/tmp

USER 10001:0
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "orchard.wsgi:app"]
