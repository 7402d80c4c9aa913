FROM debian:trixie-slim

ARG DEBIAN_FRONTEND=noninteractive

# gpsbabel isn't on PyPI, hence Debian rather than the python image
RUN apt-get update && apt-get install -y \
      gpsbabel \
      python3 \
      python3-pip \
    && rm -rf /var/lib/apt/lists/*

RUN rm -f /usr/lib/python3*/EXTERNALLY-MANAGED

COPY requirements.txt /tmp/requirements.txt
RUN pip3 install --no-cache-dir -r /tmp/requirements.txt

RUN useradd --create-home --uid 1000 trail
WORKDIR /home/trail/trailsync
COPY --chown=trail:trail . .

USER trail
CMD ["python3", "-m", "trailsync", "--watch", "/data/tracks"]
