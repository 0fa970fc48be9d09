package address

import "strings"

// The tables are sets of lower-case words; they are data and never change while the program runs.
var (
	functions, longestFunction = functionsOf(`info marketing sales support usenet news webmaster www uucp ftp
		admin administrator root contact contacto contatto kontakt hello bonjour office bureau accueil
		reception secretariat sekretariat direction compta comptabilite accounting buchhaltung
		facturation invoice rechnung billing rh hr jobs bewerbung recrutement commercial vente ventas
		vendite verkauf verkoop service services kundenservice klantenservice team equipe help aide
		sav it dpo privacy legal press presse all everyone list`,
		`abuse postmaster hostmaster noc security spam mailer-daemon no-reply noreply donotreply do-not-reply`)

	freemail = set(`gmail.com googlemail.com icloud.com me.com mac.com aol.com aol.fr aol.de aol.co.uk
		proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com
		fastmail.com fastmail.fm zoho.com hey.com mail.com email.com usa.com gmx.de gmx.net gmx.at gmx.ch
		gmx.fr gmx.com gmx.es web.de t-online.de freenet.de arcor.de posteo.de posteo.net mailbox.org
		1und1.de online.de mailo.com netcourrier.com ymail.com rocketmail.com msn.com passport.com
		windowslive.com orange.fr wanadoo.fr free.fr sfr.fr laposte.net bbox.fr neuf.fr cegetel.net
		club-internet.fr numericable.fr aliceadsl.fr voila.fr caramail.com caramail.fr lycos.fr
		libertysurf.fr 9online.fr noos.fr dartybox.com gmx.li numericable.com tele2.fr infonie.fr
		skynet.be telenet.be proximus.be voo.be scarlet.be bluewin.ch sunrise.ch hispeed.ch
		libero.it virgilio.it tiscali.it alice.it tin.it tim.it iol.it inwind.it email.it fastwebnet.it
		terra.es telefonica.net ono.com sapo.pt clix.pt netcabo.pt
		btinternet.com sky.com virginmedia.com ntlworld.com talktalk.net blueyonder.co.uk tiscali.co.uk
		ziggo.nl kpnmail.nl planet.nl xs4all.nl home.nl hetnet.nl upcmail.nl chello.nl telfort.nl
		wp.pl o2.pl onet.pl interia.pl op.pl vp.pl tlen.pl gazeta.pl seznam.cz centrum.cz email.cz
		azet.sk freemail.hu citromail.hu abv.bg mail.bg inbox.lv mail.ee ukr.net i.ua
		mail.ru bk.ru inbox.ru list.ru rambler.ru ya.ru qq.com 163.com 126.com sina.com naver.com daum.net
		hanmail.net rediffmail.com uol.com.br bol.com.br terra.com.br
		comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net
		sympatico.ca rogers.com shaw.ca videotron.ca bigpond.com optusnet.com.au
		online.no telia.com bredband.net spray.se tele2.se telenor.dk mail.dk eircom.net luukku.com
		pt.lu internet.lu vo.lu monaco.mc aon.at utanet.at a1.net drei.at inode.at kabsi.at liwest.at
		gmx.eu gmx.info gmx.org gmx.biz gmx.us mail.de email.de magenta.de vodafone.de vodafonemail.de
		kabelmail.de unitybox.de unity-mail.de alice.de alice-dsl.de alice-dsl.net netcologne.de ewetel.net
		osnanet.de o2online.de o2mail.de lycos.de swissonline.ch vtxmail.ch netplus.ch mail.ch
		belgacom.net brutele.be pandora.be versateladsl.be edpnet.be casema.nl quicknet.nl zeelandnet.nl
		kpnplanet.nl caiway.nl wxs.nl freeler.nl versatel.nl tele2.nl online.nl t-mobilethuis.nl solcon.nl
		blu.it teletu.it vodafone.it tre.it tiscalinet.it supereva.it katamail.com interfree.it infinito.it
		jumpy.it poste.it movistar.es orange.es ya.com vodafone.es jazztel.es eresmas.com euskalnet.net
		iol.pt mail.pt portugalmail.pt meo.pt nos.pt oninet.pt kanguru.pt mail.telepac.pt aeiou.pt
		btopenworld.com talk21.com plus.com fsmail.net lineone.net o2.co.uk orange.net zoho.eu aim.com
		comhem.se broadpark.no stofanet.dk jubii.dk youmail.dk suomi24.fi kolumbus.fi elisanet.fi
		saunalahti.fi otenet.gr in.gr hol.gr forthnet.gr zoznam.sk centrum.sk volny.cz post.cz
		poczta.fm poczta.onet.pl duck.com mozmail.com privaterelay.appleid.com`)

	freemailEverywhere = set(`yahoo hotmail outlook live yandex gmx chello tiscali wanadoo t-online`)

	disposable = set(`mailinator.com mailinator.net yopmail.com yopmail.fr yopmail.net cool.fr.nf jetable.fr.nf
		jetable.org jetable.com jetable.net guerrillamail.com guerrillamail.net guerrillamail.org
		guerrillamail.biz guerrillamail.de guerrillamailblock.com sharklasers.com grr.la spam4.me
		10minutemail.com 10minutemail.net 10minutemail.org 20minutemail.com tempmail.com temp-mail.org
		temp-mail.io tempmail.net tempmailo.com tempr.email tempinbox.com throwawaymail.com trashmail.com
		trashmail.de trashmail.net trashmail.me trash-mail.com wegwerfmail.de wegwerfmail.net
		wegwerfemail.de einwegmail.de spambog.com spambox.us spamgourmet.com spamex.com spamfree24.org
		mailnesia.com mailcatch.com maildrop.cc mailnull.com mailexpire.com mailmoat.com mailforspam.com
		getnada.com nada.email dispostable.com discard.email discardmail.com discardmail.de
		fakeinbox.com fakemail.net fakemailgenerator.com getairmail.com mintemail.com mytemp.email
		moakt.com emailondeck.com mohmal.com incognitomail.org mytrashmail.com nospam.ze.tc
		anonymbox.com burnermail.io inboxkitten.com mail-temporaire.fr mail-temp.com minutemail.io
		haltospam.com filzmail.com kasmail.com owlpic.com tmpmail.org tmpmail.net emltmp.com
		1secmail.com 1secmail.org 1secmail.net luxusmail.org crazymailing.com mailsac.com
		armyspy.com cuvox.de dayrep.com einrot.com fleckens.hu gustr.com jourrapide.com rhyta.com
		superrito.com teleworm.us`)

	typo = set(`gmial.com gmai.com gmal.com gmil.com gmaill.com gmail.co gmail.cm gmail.con gmail.om gmail.fr
		gamil.com gnail.com gmsil.com gmaik.com gmali.com gmail.comm gmailcom.com googlemail.co
		hotmial.com hotmial.fr hotmai.com hotmai.fr hotmal.com hotmal.fr hotmil.com hotmil.fr homail.com
		hotmaill.com hotmaill.fr hotmail.co hotmail.cm hotmail.con hotmail.fe hotnail.com htomail.com
		hotmaol.com outlok.com outlok.fr outloo.com outlouk.fr outloock.fr outook.com
		outlook.con outllook.com oulook.com oulook.fr yaho.com yaho.fr yahho.com yahoo.con yahoo.fe
		yahoo.cm yhaoo.com yahou.fr yhoo.com yhoo.fr yaoo.fr yaoo.com yahooo.com yahooo.fr
		orange.fe orange.com.fr oange.fr ornge.fr orang.fr oragne.fr
		wandoo.fr wanado.fr wanadoo.fe wannadoo.fr wanadou.fr wanaddo.fr laposte.ne laposte.met lapost.net
		laoste.net free.fe sfr.fe iclod.com icloud.con icoud.com icluod.com live.fe
		aol.con gmx.dee web.dee t-onlin.de`)
)

// functionsOf says of names of functions whether they belong to the running of mail, and how long the longest is, in octets.
func functionsOf(others, ofMail string) (all map[string]bool, longest int) {
	all = map[string]bool{}
	for w := range strings.FieldsSeq(others) {
		all[w] = false
	}
	for w := range strings.FieldsSeq(ofMail) {
		all[w] = true
	}
	for w := range all {
		longest = max(longest, len(w))
	}
	return all, longest
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}
