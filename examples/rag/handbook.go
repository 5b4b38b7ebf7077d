package main

// passage is a piece of a document.
type passage struct{ ID, Text string }

// handbook is what there is to know.
func handbook() []passage {
	return []passage{
		{"refund", "Refunds are paid within 14 days after the returned goods have arrived, to the card the order was paid with."},
		{"return", "Goods can be returned within 30 days of delivery, unused, in their original packaging, with the label from your account."},
		{"delivery", "Delivery takes two to four working days. You can follow your parcel by the link in the confirmation of your order."},
		{"express", "Express delivery costs 9 euros and arrives on the next working day, if you order before noon."},
		{"warranty", "The warranty lasts three years from the date on the invoice. It covers faults in material, and not wear or water."},
		{"repair", "Repairs under warranty are free. Send the device to our workshop in Lyon; it comes back within ten working days."},
		{"invoice", "Invoices are in your account below Orders. A changed address appears on invoices from the next order on."},
		{"password", "Reset your password by the link on the login page. The link is valid for one hour and works once."},
		{"plans", "The Team plan includes single sign-on and audit logs. The Basic plan has neither, and is free for three users."},
		{"export", "Account owners can export all data as CSV below Settings. An export is kept for seven days."},
	}
}
