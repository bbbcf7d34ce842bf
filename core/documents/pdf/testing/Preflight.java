import java.io.File;
import org.apache.pdfbox.preflight.PreflightDocument;
import org.apache.pdfbox.preflight.ValidationResult;
import org.apache.pdfbox.preflight.parser.PreflightParser;

/** What PDFBox preflight says of PDF/A-1b files: java Preflight.java FILE…, one line each, "valid" or the codes of its errors. */
public class Preflight {
  public static void main(String[] files) throws Exception {
    for (String file : files) {
      PreflightParser parser = new PreflightParser(new File(file));
      parser.parse();
      try (PreflightDocument document = parser.getPreflightDocument()) {
        document.validate();
        ValidationResult result = document.getResult();
        StringBuilder line = new StringBuilder(result.isValid() ? "valid" : "");
        for (ValidationResult.ValidationError error : result.getErrorsList())
          line.append(line.length() == 0 ? "" : "; ").append(error.getErrorCode()).append(' ').append(error.getDetails());
        System.out.println(line.toString().replace('\n', ' '));
      }
    }
  }
}
