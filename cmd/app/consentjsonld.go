package app

import (
	"encoding/hex"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

type node = map[string]any

// vocabulary says what the prefixes of a record stand for. Our own words have no meaning elsewhere.
func vocabulary() map[string]string {
	return map[string]string{"dct": "http://purl.org/dc/terms/", "dpv": "https://w3id.org/dpv#", "pd": "https://w3id.org/dpv/pd#", "loc": "https://w3id.org/dpv/loc#",
		"eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#", "x_reoptin": "urn:reoptin:"}
}

func ref(id string) node { return node{"@id": id} }

// statuses are the states of a decision in the words of the vocabulary.
var statuses = map[campaign.Choice]string{campaign.Granted: "dpv:ConsentGiven", campaign.Declined: "dpv:ConsentRefused", campaign.Withdrawn: "dpv:ConsentWithdrawn"}

// recordOf is the consent record of an answer. Each decision is a process of its own, so that a channel can be
// refused alone.
func recordOf(s answerSaid, o campaign.Organisation, seq int64, leaf []byte) node {
	processes := []node{}
	for _, d := range s.Decisions {
		processes = append(processes, processOf(s, d))
	}
	recipients := []node{}
	for _, name := range s.Recipients {
		recipients = append(recipients, node{"@type": "dpv:Recipient", "dpv:hasName": name})
	}
	conditions := []node{}
	for _, place := range s.storage() {
		conditions = append(conditions, node{"@type": "dpv:StorageLocation", "dct:description": place})
	}
	for _, p := range s.Purposes {
		conditions = append(conditions, node{"@type": "dpv:StorageDuration", "dct:subject": p.ID, "dct:description": s.Retention[p.ID]})
	}
	r := node{"@id": "urn:uuid:" + s.RecordID, "@type": "dpv:ConsentRecord", "dct:conformsTo": ref(s.Schema), "dct:identifier": s.RecordID,
		"dpv:hasDataSubject": node{"@type": "dpv:DataSubject", "dct:identifier": s.Subject},
		"dpv:hasNotice":      noticesOf(s), "dct:language": s.language(), "dpv:hasJurisdiction": ref("loc:" + s.jurisdiction(o)), "dpv:hasProcess": processes,
		"dpv:hasDataController": controllerNode(s, o), "dpv:hasRecipient": recipients, "dpv:hasStorageCondition": conditions,
		"dpv:hasConsentControl": node{"@type": "dpv:WithdrawConsent", "dct:description": s.Withdrawal},
		"dpv:hasRight":          node{"@type": "dpv:DataSubjectRight", "dpv:hasNotice": node{"@type": "dpv:RightExerciseNotice", "dct:source": s.RightsURL}},
		"dpv:hasAuthority":      node{"@type": "dpv:Authority", "dpv:hasName": s.Authority},
		"dct:hasPart":           node{"@type": "dpv:ConsentReceipt", "dct:identifier": s.ReceiptID, "dct:conformsTo": ref("https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr")},
		"x_reoptin:proof":       node{"x_reoptin:entry": seq, "x_reoptin:leaf_hash": hex.EncodeToString(leaf), "x_reoptin:software": s.Software}}
	if s.Author != nil {
		r["dct:contributor"] = s.Author.Name
	}
	return r
}

// processOf is one decision: what for, by which channel, on what ground, and where it stands.
func processOf(s answerSaid, d campaign.Decision) node {
	purpose := node{"@type": []string{"dpv:Purpose", "dpv:DirectMarketing"}, "dct:identifier": d.Purpose}
	for _, p := range s.Purposes {
		if p.ID == d.Purpose {
			purpose["dct:title"], purpose["dct:description"] = p.Label, p.Text
		}
	}
	status := statuses[d.State]
	if d.State == campaign.Granted && s.Triage.Class == campaign.OptedIn {
		status = "dpv:RenewedConsentGiven"
	}
	return node{"@type": "dpv:Process", "dpv:hasPurpose": purpose, "x_reoptin:channel": d.Channel, "dpv:hasLegalBasis": ref(s.LegalBasis), "dpv:hasPersonalData": personalData(s, d.Channel),
		"dpv:hasConsentStatus": ref(status), "dpv:isIndicatedAtTime": s.when().UTC().Format(time.RFC3339), "dpv:isIndicatedBy": node{"@type": "dpv:Entity", "dct:identifier": s.Actor.Kind},
		"dpv:hasIndicationMethod": node{"@type": "dpv:ExpressedConsent", "dct:description": s.Method, "x_reoptin:act": s.Act[d.Purpose+"."+d.Channel]},
		"dpv:hasDataSource":       ref("dpv:DataSubjectDataSource"), "dpv:hasDuration": node{"@type": "dpv:UntilEventDuration", "dct:description": s.Validity}}
}

// personalData is what a channel needs of a person.
func personalData(s answerSaid, channel string) []node {
	kind := map[string]string{"email": "pd:EmailAddress", "sms": "pd:TelephoneNumber", "phone": "pd:TelephoneNumber", "post": "pd:PhysicalAddress"}[channel]
	data := node{"@type": []string{"dpv:PersonalData", kind}, "dpv:hasNecessity": ref("dpv:Required")}
	if channel == "email" && s.Address != "" {
		data["dct:identifier"] = s.Address
	}
	return []node{data, {"@type": []string{"dpv:PersonalData", "pd:Name"}, "dpv:hasNecessity": ref("dpv:Optional")}}
}

// noticesOf are the page and the message that the person had before them.
func noticesOf(s answerSaid) []node {
	notice := node{"@type": "dpv:ConsentNotice", "dct:source": firstOf(s.Notice.URL, s.RightsURL)}
	if s.Notice.Version != "" {
		notice["dct:hasVersion"] = s.Notice.Version
	}
	if s.Notice.SHA256 != "" {
		notice["dct:identifier"] = "sha256:" + s.Notice.SHA256
	}
	notices := []node{notice}
	if s.Message.SHA256 != "" {
		notices = append(notices, node{"@type": "dpv:ConsentNotice", "dct:title": s.Message.Campaign, "dct:identifier": "sha256:" + s.Message.SHA256, "x_reoptin:message_id": s.Message.MessageID})
	}
	return notices
}

func controllerNode(s answerSaid, o campaign.Organisation) node {
	c := s.Controller
	n := node{"@type": []string{"dpv:DataController", "dpv:LegalEntity"}, "dct:identifier": firstOf(c.Registration, c.LegalName), "dpv:hasName": c.LegalName, "dpv:hasAddress": c.Address + ", " + s.country(o), "dpv:hasContact": c.Email, "dct:source": c.URL}
	if c.DPO != "" {
		n["dpv:hasRepresentative"] = node{"@type": "dpv:DataProtectionOfficer", "dpv:hasContact": c.DPO}
	}
	return n
}
