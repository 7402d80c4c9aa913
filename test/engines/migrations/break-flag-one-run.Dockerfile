FROM debian:12-slim
ENV PYTHONUNBUFFERED=1
RUN apt-get update \
    # the tools
 && apt-get install -y --no-install-recommends \
        python3 \
        python3-pip \
    # let pip write
 && pip3 install \
        --no-cache-dir \
        --break-system-packages \
        gunicorn flask \
 && flask > /dev/null \
 && rm -rf /var/lib/apt/lists/*
CMD ["/usr/local/bin/gunicorn"]
