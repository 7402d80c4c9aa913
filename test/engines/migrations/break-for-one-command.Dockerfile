FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/* \
 && PIP_BREAK_SYSTEM_PACKAGES=1 pip3 install --no-cache-dir flask \
 && PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --no-cache-dir gunicorn
CMD ["gunicorn"]
