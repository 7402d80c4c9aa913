FROM python:3.12-slim-bookworm AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

RUN apt-get update && apt-get install -y --no-install-recommends \
        build-essential \
        libffi-dev \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /build
RUN python -m venv /build/venv
ENV PATH="/build/venv/bin:$PATH"

COPY requirements/ requirements/
RUN pip install -r requirements/base.txt -r requirements/prod.txt

# ---- runtime ----
FROM python:3.12-slim-bookworm

RUN groupadd -g 2000 parcel \
    && useradd -u 2000 -g parcel -m -d /srv/parcel parcel

COPY --from=builder /build/venv /opt/venv
ENV VIRTUAL_ENV=/opt/venv
ENV PATH="$VIRTUAL_ENV/bin:$PATH"

WORKDIR /srv/parcel
COPY --chown=parcel:parcel parceltrack ./parceltrack
COPY --chown=parcel:parcel alembic.ini ./

USER parcel
EXPOSE 8080

ENTRYPOINT ["gunicorn"]
CMD ["--bind", "0.0.0.0:8080", "--workers", "3", "parceltrack.app:create_app()"]
