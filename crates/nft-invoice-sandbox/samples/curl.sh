# Creates an invoice. The response has the payment page, but no invoice number: that arrives through the callback.
curl --fail --silent --show-error "$NFT_INVOICE_BASE_URL/api/btn-create-invoice/get/" \
  --header "API-KEY: $NFT_INVOICE_API_KEY" \
  --header 'Content-Type: application/json' \
  --data '{
    "email": "customer@shop.example", "amount": "15.04", "devise": "USD", "checkoutMode": "nft",
    "callbackJson": "{\"nftInvoiceReference\":\"order-curl\"}"
  }'
echo

# Lists the newest invoices.
curl --fail --silent --show-error "$NFT_INVOICE_BASE_URL$NFT_INVOICE_HISTORY_PATH?order=DESC" \
  --header "API-KEY: $NFT_INVOICE_API_KEY"
echo
