import java.io.File;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSProcessableFile;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.util.Store;

/**
 * What BouncyCastle says of detached CMS signatures: java CheckCms.java ROOT.pem [CMS CONTENT]…, one line for each pair,
 * "ok" with the digest algorithm and the number of time stamps, or the reason. A lone time stamp token has CMS content.
 */
public class CheckCms {
  public static void main(String[] words) throws Exception {
    java.security.Security.addProvider(new BouncyCastleProvider());
    X509Certificate root;
    try (FileInputStream stream = new FileInputStream(words[0])) {
      root = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
    }
    for (int index = 1; index + 1 < words.length; index += 2) {
      String verdict;
      try {
        verdict = check(root, Path.of(words[index]), new File(words[index + 1]));
      } catch (Exception error) {
        verdict = error.toString().replace('\n', ' ');
      }
      System.out.println(verdict);
    }
  }

  static String check(X509Certificate root, Path cms, File content) throws Exception {
    byte[] encoded = Files.readAllBytes(cms);
    CMSSignedData signed = new CMSSignedData(encoded);
    if (signed.getSignedContent() != null) return checkToken(root, new TimeStampToken(signed), Files.readAllBytes(content.toPath()));
    signed = new CMSSignedData(new CMSProcessableFile(content), encoded);
    if (!Arrays.equals(signed.toASN1Structure().getEncoded("DER"), encoded)) return "not DER";
    if (signed.getSignerInfos().size() != 1) return "signers: " + signed.getSignerInfos().size();
    SignerInformation signer = signed.getSignerInfos().iterator().next();
    X509CertificateHolder holder = certificateOf(signed.getCertificates(), signer);
    buildPath(root, signed.getCertificates(), holder);
    if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder))) return "signature";
    Attribute reference = signer.getSignedAttributes().get(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
    if (reference == null) return "no signing-certificate-v2";
    ESSCertIDv2 identifier = SigningCertificateV2.getInstance(reference.getAttributeValues()[0]).getCerts()[0];
    String hash = identifier.getHashAlgorithm().getAlgorithm().getId();
    byte[] digest = MessageDigest.getInstance(hash, "BC").digest(holder.getEncoded());
    if (!Arrays.equals(digest, identifier.getCertHash())) return "signing-certificate-v2 names another";
    if (!identifier.getIssuerSerial().getSerial().getValue().equals(holder.getSerialNumber())) return "issuerSerial";
    if (signer.getSignedAttributes().get(PKCSObjectIdentifiers.pkcs_9_at_signingTime) != null) return "signing-time";
    int stamps = 0;
    if (signer.getUnsignedAttributes() != null) {
      Attribute stamp = signer.getUnsignedAttributes().get(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken);
      if (stamp != null) {
        TimeStampToken token = new TimeStampToken(new CMSSignedData(stamp.getAttributeValues()[0].toASN1Primitive().getEncoded()));
        String verdict = checkToken(root, token, signer.getSignature());
        if (!verdict.equals("ok")) return "time stamp: " + verdict;
        stamps = 1;
      }
    }
    return "ok " + signer.getDigestAlgOID() + " " + stamps;
  }

  static String checkToken(X509Certificate root, TimeStampToken token, byte[] stamped) throws Exception {
    X509CertificateHolder holder = certificateOf(token.getCertificates(), token.getSID());
    buildPath(root, token.getCertificates(), holder);
    token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder));
    String hash = token.getTimeStampInfo().getHashAlgorithm().getAlgorithm().getId();
    byte[] digest = MessageDigest.getInstance(hash, "BC").digest(stamped);
    return Arrays.equals(digest, token.getTimeStampInfo().getMessageImprintDigest()) ? "ok" : "imprint";
  }

  static X509CertificateHolder certificateOf(Store<X509CertificateHolder> store, SignerInformation signer) {
    return certificateOf(store, signer.getSID());
  }

  static X509CertificateHolder certificateOf(Store<X509CertificateHolder> store, org.bouncycastle.util.Selector selector) {
    @SuppressWarnings("unchecked")
    Collection<X509CertificateHolder> found = store.getMatches(selector);
    return found.iterator().next();
  }

  /** Throws when no path of certificates leads from the signer to the root. */
  static void buildPath(X509Certificate root, Store<X509CertificateHolder> store, X509CertificateHolder holder) throws Exception {
    JcaX509CertificateConverter converter = new JcaX509CertificateConverter().setProvider("BC");
    List<X509Certificate> pool = new ArrayList<>();
    for (X509CertificateHolder each : store.getMatches(null)) pool.add(converter.getCertificate(each));
    X509CertSelector target = new X509CertSelector();
    target.setCertificate(converter.getCertificate(holder));
    PKIXBuilderParameters parameters = new PKIXBuilderParameters(Set.of(new TrustAnchor(root, null)), target);
    parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(pool)));
    parameters.setRevocationEnabled(false);
    CertPathBuilder.getInstance("PKIX", "BC").build(parameters);
  }
}
