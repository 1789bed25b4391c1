"""The two APIs that all pages come from."""

import requests
from flask import abort, current_app
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from app.tracing import onwards


class Client(NotificationsAPIClient):
    def generate_headers(self, api_token):
        return {**onwards(), **super().generate_headers(api_token)}


def service(service_id):
    client = Client("x" * 100, base_url=current_app.config["API_HOST_NAME"])
    # Not the key of a service, which the client would take apart, but the one of an application that is known to the API.
    client.service_id, client.api_key = "notify-admin", current_app.config["ADMIN_CLIENT_SECRET"]
    try:
        return client.get(f"/service/{service_id}")["data"]
    except HTTPError as error:
        abort(error.status_code)


def _url(service_id, document_id, action):
    host = current_app.config["DOCUMENT_DOWNLOAD_API_HOST_NAME_INTERNAL"]
    return f"{host}/services/{service_id}/documents/{document_id}/{action}"


def document(service_id, document_id, key):
    answer = requests.get(_url(service_id, document_id, "check"), params={"key": key}, headers=onwards())
    if answer.status_code in (400, 403, 404):
        abort(404)
    if answer.status_code == 410:
        abort(410)
    answer.raise_for_status()
    return answer.json()["document"]


def authenticate(service_id, document_id, key, email_address):
    """What lets the browser in at the API; None where it isn't the address that the file was sent to."""
    answer = requests.post(
        _url(service_id, document_id, "authenticate"),
        json={"key": key, "email_address": email_address},
        headers=onwards(),
    )
    if answer.status_code in (400, 403):
        return None
    if answer.status_code == 429:
        abort(429)
    answer.raise_for_status()
    return answer.json()
