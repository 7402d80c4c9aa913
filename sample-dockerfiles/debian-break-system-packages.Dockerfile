FROM ubuntu:24.04
LABEL maintainer="media-tools@kestrelcast.example"

ENV DEBIAN_FRONTEND=noninteractive TZ=Etc/UTC

RUN apt-get update -y && \
    apt-get install -y --no-install-recommends \
        ca-certificates \
        ffmpeg \
        mediainfo \
        python3 \
        python3-pip \
        tzdata && \
    apt-get clean && \
    rm -rf /var/lib/apt/lists/*

# CLI bits used by the transcode scripts
RUN pip3 install --break-system-packages --no-cache-dir \
        click==8.1.8 \
        boto3 \
        'pydantic>=2,<3'

COPY requirements-worker.txt /opt/kestrelcast/
RUN pip3 install --no-cache-dir --break-system-packages -r /opt/kestrelcast/requirements-worker.txt

COPY kestrelcast /opt/kestrelcast/kestrelcast
COPY scripts/transcode.sh /usr/local/bin/transcode
RUN chmod +x /usr/local/bin/transcode

WORKDIR /opt/kestrelcast
VOLUME /media
ENTRYPOINT ["python3", "-m", "kestrelcast.worker"]
CMD ["--queue", "default"]
