FROM python:3.11-slim
RUN useradd --create-home --uid 1000 app
WORKDIR /home/app
USER app
COPY --chown=app requirements.txt .
RUN pip install --no-cache-dir --user -r requirements.txt
ENV PATH="/home/app/.local/bin:${PATH}"
COPY --chown=app app app
CMD ["gunicorn", "app.wsgi"]
