{{ config(post_hook="{{ comment_panel('province') }}") }}
{{ wide_panel('province') }}
