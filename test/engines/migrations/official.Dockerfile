FROM python:3.11-slim
WORKDIR /srv
COPY requirements.txt .
RUN pip install --upgrade pip && pip install --no-cache-dir -r requirements.txt
COPY app app
CMD ["gunicorn", "app.wsgi"]
