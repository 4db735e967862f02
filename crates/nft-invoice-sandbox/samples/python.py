import hashlib
import hmac
import json
import os
import urllib.request
from decimal import Decimal
from urllib.parse import quote

BASE_URL = os.environ["NFT_INVOICE_BASE_URL"]
HISTORY_PATH = os.environ["NFT_INVOICE_HISTORY_PATH"]
HEADERS = {"API-KEY": os.environ["NFT_INVOICE_API_KEY"], "Content-Type": "application/json"}


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE_URL + path, data=data, headers=HEADERS)
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response, parse_float=Decimal)
    if int(answer["errorCode"]) != 0:
        raise RuntimeError(f"error {answer['errorCode']}: {answer['errorMessage']}")
    return answer


def is_genuine(body: bytes, signature: str) -> bool:
    """Checks the X-Signature of a callback over its body, exactly as it was received."""
    secret = os.environ["NFT_INVOICE_CALLBACK_SECRET"].encode()
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def is_paid(invoice_id, reference: str, amount: str) -> bool:
    """Reads the infos of the invoice in a callback. Deliver by them, once for each order: a callback can be old, forged or
    sent twice."""
    infos = call("/api/client-invoice-info/get/?id=" + quote(str(invoice_id)))["data"]
    return (
        infos["status"] in ("invoice:awaiting_approval", "invoice:paid")
        and (infos["devise"], Decimal(infos["amount"])) == ("USD", Decimal(amount))
        and json.loads(infos["callbackJson"])["nftInvoiceReference"] == reference
    )


created = call("/api/btn-create-invoice/get/", {
    "email": "customer@shop.example", "amount": "15.04", "devise": "USD", "checkoutMode": "nft",
    "callbackJson": json.dumps({"nftInvoiceReference": "order-python"}),
})
print("payment page:", created["redirectUrl"])
for invoice in call(HISTORY_PATH + "?order=DESC")["list"]:
    print(f"invoice {invoice['id']}: {invoice['status']}")
