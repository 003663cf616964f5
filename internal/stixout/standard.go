package stixout

import "strings"

// A standardType is what STIX says of a type of cyber-observable objects.
type standardType struct {
	// properties are those of STIX 2.1, chapter 6, besides the common ones; contributing those that its id depends on.
	properties, contributing []string
	// required are alternatives: of each list the object needs one.
	required [][]string
}

func words(text string) []string { return strings.Fields(text) }

// standard has the types of STIX 2.1, chapter 6. STIX 2.0 has the same ones.
var standard = map[string]standardType{
	"artifact":          {words("mime_type payload_bin url hashes encryption_algorithm decryption_key"), words("hashes payload_bin"), [][]string{words("payload_bin url")}},
	"autonomous-system": {words("number name rir"), words("number"), [][]string{words("number")}},
	"directory":         {words("path path_enc ctime mtime atime contains_refs"), words("path"), [][]string{words("path")}},
	"domain-name":       {words("value resolves_to_refs"), words("value"), [][]string{words("value")}},
	"email-addr":        {words("value display_name belongs_to_ref"), words("value"), [][]string{words("value")}},
	"email-message": {words("is_multipart date content_type from_ref sender_ref to_refs cc_refs bcc_refs message_id subject received_lines " +
		"additional_header_fields body body_multipart raw_email_ref"), words("from_ref subject body"), [][]string{words("is_multipart")}},
	"file": {words("extensions hashes size name name_enc magic_number_hex mime_type ctime mtime atime parent_directory_ref contains_refs " +
		"content_ref"), words("hashes name parent_directory_ref extensions"), [][]string{words("hashes name")}},
	"ipv4-addr": {words("value resolves_to_refs belongs_to_refs"), words("value"), [][]string{words("value")}},
	"ipv6-addr": {words("value resolves_to_refs belongs_to_refs"), words("value"), [][]string{words("value")}},
	"mac-addr":  {words("value"), words("value"), [][]string{words("value")}},
	"mutex":     {words("name"), words("name"), [][]string{words("name")}},
	"network-traffic": {words("extensions start end is_active src_ref dst_ref src_port dst_port protocols src_byte_count dst_byte_count " +
		"src_packets dst_packets ipfix src_payload_ref dst_payload_ref encapsulates_refs encapsulated_by_ref"),
		words("start end src_ref dst_ref src_port dst_port protocols extensions"), [][]string{words("src_ref dst_ref"), words("protocols")}},
	// No property of a process identifies it.
	"process": {words("extensions is_hidden pid created_time cwd command_line environment_variables opened_connection_refs creator_user_ref " +
		"image_ref parent_ref child_refs"), nil, nil},
	"software": {words("name cpe swid languages vendor version"), words("name cpe swid vendor version"), [][]string{words("name")}},
	"url":      {words("value"), words("value"), [][]string{words("value")}},
	"user-account": {words("extensions user_id credential account_login account_type display_name is_service_account is_privileged " +
		"can_escalate_privs is_disabled account_created account_expires credential_last_changed account_first_login account_last_login"),
		words("account_type user_id account_login"), nil},
	"windows-registry-key": {words("key values modified_time creator_user_ref number_of_subkeys"), words("key values"), nil},
	"x509-certificate": {words("is_self_signed hashes version serial_number signature_algorithm issuer validity_not_before " +
		"validity_not_after subject subject_public_key_algorithm subject_public_key_modulus subject_public_key_exponent " +
		"x509_v3_extensions"), words("hashes serial_number"), nil},
}

// missing returns the first requirement that an object does not meet, "" if there is none.
func (s standardType) missing(properties map[string]any) string {
	for _, alternatives := range s.required {
		met := false
		for _, name := range alternatives {
			if _, ok := properties[name]; ok {
				met = true
			}
		}
		if !met {
			return strings.Join(alternatives, " or ")
		}
	}
	return ""
}
