FROM debian:bookworm-slim

RUN apt-get update && apt-get install -y --no-install-recommends \
	ca-certificates \
	libsnmp40 \
	python3 \
	python3-pip \
	python3-venv \
	&& rm -rf /var/lib/apt/lists/*

WORKDIR /srv/switchwatch

# Python environment
RUN python3 -m venv venv
RUN source venv/bin/activate

COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

COPY switchwatch switchwatch
COPY conf/switchwatch.yml /etc/switchwatch.yml

EXPOSE 9116
CMD ["python3", "-m", "switchwatch", "--config", "/etc/switchwatch.yml"]
