FROM debian:bookworm-slim

ENV LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1

# poppler for pdftotext, tesseract for the scanned ones
RUN set -eux; \
    apt-get update; \
    apt-get install -y --no-install-recommends \
        poppler-utils \
        python3 \
        python3-venv \
        tesseract-ocr \
        tesseract-ocr-deu \
    ; \
    rm -rf /var/lib/apt/lists/*

COPY constraints.txt requirements.txt /tmp/pip/

# pip setup
RUN rm -f /usr/lib/python3.11/EXTERNALLY-MANAGED \
    && python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir -c /tmp/pip/constraints.txt -r /tmp/pip/requirements.txt

ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

RUN install -d -o 10001 -g 0 -m 0775 /srv/invoices
WORKDIR /srv/invoices
ENV HOME=/srv/invoices
COPY --chown=0:0 invoicereader/ ./invoicereader/

USER 10001:0
CMD ["python", "-m", "invoicereader", "--inbox", "/data/in", "--outbox", "/data/out"]
