-- Nodes whose machines have a screen in a browser.

ALTER TABLE billing.nodes ADD COLUMN console_url text;
COMMENT ON COLUMN billing.nodes.console_url IS 'Where browsers find the console proxy that stands beside the node''s libvirt, without a slash at its end. NULL: the node offers no screens.';
