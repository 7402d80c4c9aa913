# Map tile renderer. Alpine, because the base image is only 50 MB.
FROM python:3.12-alpine

RUN apk add --no-cache \
        build-base \
        cmake \
        gdal-dev \
        geos-dev \
        libffi-dev \
        proj-dev

WORKDIR /tiles
COPY requirements.txt .
RUN pip install --no-binary shapely shapely==2.0.7 \
    && pip install numpy==2.2.4 rasterio -r requirements.txt

COPY tiles/ tiles/

RUN adduser -D -u 1100 tiles
USER tiles
CMD ["python", "-m", "tiles", "--port", "8090"]
