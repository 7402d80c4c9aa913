FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home app
WORKDIR /home/app
USER app
COPY requirements.txt .
RUN pip3 install --user --break-system-packages --no-cache-dir -r requirements.txt
ENV PATH="/home/app/.local/bin:$PATH"
CMD ["gunicorn"]
