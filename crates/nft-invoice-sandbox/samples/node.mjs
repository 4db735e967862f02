import { createHmac, timingSafeEqual } from "node:crypto";

const env = process.env;

async function call(path, body) {
  const response = await fetch(env.NFT_INVOICE_BASE_URL + path, {
    method: body ? "POST" : "GET",
    headers: { "API-KEY": env.NFT_INVOICE_API_KEY, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const answer = await response.json();
  if (Number(answer.errorCode) !== 0) {
    throw new Error(`error ${answer.errorCode}: ${answer.errorMessage}`);
  }
  return answer;
}

/** Checks the X-Signature of a callback over its body, a Buffer with exactly the bytes that were received. */
export function isGenuine(body, signature) {
  const expected = createHmac("sha256", env.NFT_INVOICE_CALLBACK_SECRET).update(body).digest("hex");
  const [a, b] = [Buffer.from(expected), Buffer.from(signature)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Reads the infos of the invoice in a callback. Deliver by them, once for each order: a callback can be old, forged or
 * sent twice.
 */
export async function isPaid(id, reference, amount) {
  const { data } = await call(`/api/client-invoice-info/get/?id=${encodeURIComponent(id)}`);
  return ["invoice:awaiting_approval", "invoice:paid"].includes(data.status)
    && data.devise === "USD" && Number(data.amount) === Number(amount)
    && JSON.parse(data.callbackJson).nftInvoiceReference === reference;
}

const created = await call("/api/btn-create-invoice/get/", {
  email: "customer@shop.example", amount: "15.04", devise: "USD", checkoutMode: "nft",
  callbackJson: JSON.stringify({ nftInvoiceReference: "order-node" }),
});
console.log("payment page:", created.redirectUrl);
const history = await call(`${env.NFT_INVOICE_HISTORY_PATH}?order=DESC`);
for (const invoice of history.list) {
  console.log(`invoice ${invoice.id}: ${invoice.status}`);
}
