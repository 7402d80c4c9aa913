# Speech model server. Somebody tidied up at the end, yet the image is still 4 GB.
FROM debian:trixie-slim

RUN apt-get update && apt-get install -y build-essential ffmpeg python3-dev python3-venv
RUN rm -rf /var/lib/apt/lists/*

RUN python3 -m venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

COPY requirements.txt /tmp/requirements.txt
RUN pip install -r /tmp/requirements.txt

COPY models/ /srv/speech/models/
COPY speech/ /srv/speech/speech/

# clean up
RUN apt-get purge -y build-essential python3-dev && apt-get autoremove -y
RUN rm -rf /root/.cache /tmp/requirements.txt
RUN find /opt/venv -name tests -type d -exec rm -rf {} +

RUN useradd --uid 1700 --home-dir /srv/speech speech \
    && chown -R speech:speech /opt/venv /srv/speech
RUN chmod -R a+rX /opt/venv

WORKDIR /srv/speech
USER 1700
CMD ["python", "-m", "speech.server"]
