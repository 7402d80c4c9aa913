FROM debian:12-slim
ENV PIP_BREAK_SYSTEM_PACKAGES=1 \
    PIP_NO_CACHE_DIR=1
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN pip3 install flask
RUN bash -c "pip3 install 'gunicorn>=1'"
CMD ["sh", "-c", "exec flask"]
