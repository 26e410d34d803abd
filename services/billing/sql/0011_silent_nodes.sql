-- Nodes that don't answer take no new servers.

ALTER TABLE billing.nodes ADD COLUMN silent_since timestamptz;
COMMENT ON COLUMN billing.nodes.silent_since IS 'A build was given up because the node did not answer. Nothing new is placed here until it has carried out a removal that was ordered since.';
