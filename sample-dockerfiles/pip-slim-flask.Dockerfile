FROM python:3.12-slim

LABEL org.opencontainers.image.title="lunchrota" \
      org.opencontainers.image.description="Who is cooking on Thursday?"

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

WORKDIR /app

# deps first so that template tweaks don't reinstall the world
COPY requirements.txt .
RUN pip install --upgrade pip && \
    pip install -r requirements.txt

COPY . .

ENV FLASK_APP=lunchrota.web
EXPOSE 5000

CMD flask run --host=0.0.0.0 --port=5000
