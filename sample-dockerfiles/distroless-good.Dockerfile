# syntax=docker/dockerfile:1

FROM python:3.13-slim-trixie AS build

# the runtime image has its interpreter in /usr/bin, so start the venv from there
RUN ln -s /usr/local/bin/python /usr/bin/python \
    && /usr/bin/python -m venv --without-pip /opt/venv

COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --require-hashes -r /tmp/requirements.txt

FROM gcr.io/distroless/python3-debian13:nonroot

COPY --from=build /opt/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

WORKDIR /app
COPY --chown=65532:0 --chmod=g=u ferrylog/ ./ferrylog/
ENV HOME=/home/nonroot

USER 65532:0
EXPOSE 8080

ENTRYPOINT ["/opt/venv/bin/python", "-m", "ferrylog"]
CMD ["serve", "--port", "8080"]
