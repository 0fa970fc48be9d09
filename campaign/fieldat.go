package campaign

// fieldAt is where a field stands in a row.
type fieldAt struct {
	name string
	at   []int // columns
}

// at says where a field stands.
func (c columns) at(field string) fieldAt { return fieldAt{field, c.of[field]} }

// fieldsAt are the fields that every row is asked for: to find each in a map anew took a tenth of reading a row.
type fieldsAt struct {
	externalID, phone, title, firstName, lastName, company, jobTitle, addressLine1, addressLine2, postalCode, city, email,
	market, relationship, lastPurchaseAt, relationshipEndAt, lastInboundAt, lastMarketingAt, collectedAt, bounce, bounceAt,
	oppositionOffered, complaint, deceased, erasureRequested, restricted, listOrigin, externalLists, consentStatus,
	consentAt, consentMethod, consentSource, consentText, consentProof, doubleOptInAt, bundled, incentive,
	purposeAtCollection, controllerAtCollection, optoutAt, optoutScope, optout, minor, birthDate, consentChannels, country,
	language, timezone, notYet fieldAt
}

func newFieldsAt(c columns) *fieldsAt {
	return &fieldsAt{
		externalID: c.at("external_id"), phone: c.at("phone"), title: c.at("title"), firstName: c.at("first_name"),
		lastName: c.at("last_name"), company: c.at("company"), jobTitle: c.at("job_title"), addressLine1: c.at("address_line1"),
		addressLine2: c.at("address_line2"), postalCode: c.at("postal_code"), city: c.at("city"), email: c.at("email"),
		market: c.at("market"), relationship: c.at("relationship"), lastPurchaseAt: c.at("last_purchase_at"),
		relationshipEndAt: c.at("relationship_end_at"), lastInboundAt: c.at("last_inbound_at"), lastMarketingAt: c.at("last_marketing_at"),
		collectedAt: c.at("collected_at"), bounce: c.at("bounce"), bounceAt: c.at("bounce_at"),
		oppositionOffered: c.at("opposition_offered"), complaint: c.at("complaint"), deceased: c.at("deceased"),
		erasureRequested: c.at("erasure_requested"), restricted: c.at("restricted"), listOrigin: c.at("list_origin"),
		externalLists: c.at("external_lists"), consentStatus: c.at("consent_status"), consentAt: c.at("consent_at"),
		consentMethod: c.at("consent_method"), consentSource: c.at("consent_source"), consentText: c.at("consent_text"),
		consentProof: c.at("consent_proof"), doubleOptInAt: c.at("double_opt_in_at"), bundled: c.at("bundled"),
		incentive: c.at("incentive"), purposeAtCollection: c.at("purpose_at_collection"),
		controllerAtCollection: c.at("controller_at_collection"), optoutAt: c.at("optout_at"), optoutScope: c.at("optout_scope"),
		optout: c.at("optout"), minor: c.at("minor"), birthDate: c.at("birth_date"), consentChannels: c.at("consent_channels"),
		country: c.at("country"), language: c.at("language"), timezone: c.at("timezone"), notYet: c.at(notYet),
	}
}
