# Label printer gateway. The runtime moved to 3.13 in March, the builder is still to follow.
FROM python:3.12-slim-bookworm AS wheels

RUN python -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"

COPY requirements.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --require-hashes -r /tmp/requirements.txt

COPY . /src
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --no-deps -e /src

FROM python:3.13-slim-bookworm

COPY --from=wheels /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv

USER 10001:0
ENV HOME=/tmp
ENTRYPOINT ["labelgate"]
