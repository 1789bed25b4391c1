"""The pages."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template_string, request, url_for
from flask_wtf import FlaskForm
from werkzeug.routing import BaseConverter, ValidationError
from wtforms import StringField
from wtforms.validators import DataRequired, Regexp

from app import upstream

pages = Blueprint("pages", __name__)


class Base64UUID(BaseConverter):
    def to_python(self, value):
        try:
            return UUID(bytes=urlsafe_b64decode(value + "=="))
        except ValueError as error:
            raise ValidationError from error

    def to_url(self, value):
        return urlsafe_b64encode(UUID(str(value)).bytes).decode().rstrip("=")


class EmailAddressForm(FlaskForm):
    email_address = StringField(validators=[DataRequired(), Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+$")])


def init_app(application):
    application.url_map.converters["base64_uuid"] = Base64UUID
    application.register_blueprint(pages)


@pages.get("/_status")
def status():
    return {"status": "ok"}


OLD = "/services/<uuid:service_id>/documents/<uuid:document_id>"


@pages.get("/services/_status")
@pages.get(OLD)
@pages.get(f"{OLD}.<extension>")
@pages.get(f"{OLD}/check")
def old_address(**ids):
    query = request.query_string.decode()
    host = current_app.config["DOCUMENT_DOWNLOAD_API_HOST_NAME"]
    return redirect(f"{host}{request.path}{'?' if query else ''}{query}", 301)


@pages.get("/security.txt")
@pages.get("/.well-known/security.txt")
def security():
    return redirect("https://vdp.cabinetoffice.gov.uk/.well-known/security.txt")


DOCUMENT = "/d/<base64_uuid:service_id>/<base64_uuid:document_id>"


@pages.get(DOCUMENT)
def landing(service_id, document_id):
    service, metadata = _look_up(service_id, document_id)
    following = "confirm_email_address" if metadata["confirm_email"] else "download_document"
    return render_template_string(
        """<!doctype html><html lang=en><title>You have a file to download</title>
<body style="border-top: 10px solid {{ colour }}"><h1>{{ name }} sent you a file to download</h1>
<a href="{{ next }}">Continue</a>""",
        colour=current_app.config["HEADER_COLOUR"],
        name=service["name"],
        next=_address(following, service_id, document_id),
    )


@pages.route(f"{DOCUMENT}/confirm-email-address", methods=["GET", "POST"])
def confirm_email_address(service_id, document_id):
    _, metadata = _look_up(service_id, document_id)
    download = _address("download_document", service_id, document_id)
    if not metadata["confirm_email"]:
        return redirect(download)
    form = EmailAddressForm()
    if form.validate_on_submit():
        access = upstream.authenticate(service_id, document_id, request.args["key"], form.email_address.data)
        if access:
            response = redirect(download)
            response.set_cookie(
                "document_access_signed_data",
                access["signed_data"],
                path=urlsplit(access["direct_file_url"]).path,
                # For the API's host too, which is a neighbour below the same domain.
                domain=current_app.config["DOCUMENT_DOWNLOAD_API_HOST_NAME"].replace("https://download.", ""),
                secure=current_app.config["HTTP_PROTOCOL"] == "https",
                httponly=True,
            )
            return response
        form.form_errors.append("This is not the email address the file was sent to")
    return render_template_string(
        """<!doctype html><html lang=en><title>Confirm your email address</title><h1>Confirm your email address</h1>
{% for error in form.form_errors %}<p>{{ error }}</p>{% endfor %}
<form method=post>{{ form.csrf_token }}<input name=email_address type=email><button>Continue</button></form>""",
        form=form,
    ), (400 if form.errors else 200)


@pages.get(f"{DOCUMENT}/download")
def download_document(service_id, document_id):
    _, metadata = _look_up(service_id, document_id)
    return render_template_string(
        """<!doctype html><html lang=en><title>Download your file</title><h1>Download your file</h1>
<a href="{{ document.direct_file_url }}">Download this file ({{ document.size_in_bytes }} bytes)</a>""",
        document=metadata,
    )


def _look_up(service_id, document_id):
    key = request.args.get("key") or abort(404)
    return upstream.service(service_id), upstream.document(service_id, document_id, key)


def _address(view, service_id, document_id):
    return url_for(f".{view}", service_id=service_id, document_id=document_id, key=request.args["key"])
