FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
RUN pip3 config --global set global.break-system-packages true && pip3 config --global set global.no-cache-dir true
RUN pip3 install flask gunicorn
CMD ["flask"]
