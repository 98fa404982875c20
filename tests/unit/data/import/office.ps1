# Rolls the VPN out to the staff.
<# several
   lines; Add-VpnConnection is below #>
Add-VpnConnection -Name "Office (L2TP)" `
  -ServerAddress 'vpn.corp.example' -TunnelType L2tp `
  -L2tpPsk "it`"s a ""key""" -AuthenticationMethod Chap, MSChapv2 `
  -EncryptionLevel Required -SplitTunneling -RememberCredential -DnsSuffix corp.example -Force -PassThru
Set-VpnConnectionIPsecConfiguration -ConnectionName 'Office (L2TP)' -AuthenticationTransformConstants SHA256128 -CipherTransformConstants AES256 -EncryptionMethod AES256 -IntegrityCheckMethod SHA256 -DHGroup Group14 -PfsGroup None -Force
Add-VpnConnectionRoute -ConnectionName "Office (L2TP)" -DestinationPrefix 10.20.0.0/16; Add-VpnConnectionRoute -ConnectionName "Office (L2TP)" -DestinationPrefix fd20::/32
Add-VpnConnection Other vpn2.corp.example -TunnelType L2tp
